// Texts inside messages as the reference shows them: the blocks' way to base/go_quote.ts.
export { goQuote } from '../base/go_quote.ts';
