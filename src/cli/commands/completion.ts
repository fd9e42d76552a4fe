// `contrail completion`: the script that teaches a shell to complete contrail's words.
import { argument, defineCommand } from '../command.ts';
import { completionScript, SHELLS } from '../completion/scripts.ts';
import { UsageError } from '../errors.ts';

export const COMPLETION = defineCommand({
  name: 'completion',
  summary: 'Prints a script that makes your shell complete the words of contrail',
  args: { shell: argument.required('bash, zsh or fish') },
  examples: [
    { text: 'In ~/.bashrc', command: 'source <(contrail completion bash)' },
    {
      text: 'Where contrail is not on the PATH',
      command: "alias contrail='npx contrail'; source <(npx contrail completion bash)",
    },
    { text: 'In ~/.zshrc', command: 'source <(contrail completion zsh)' },
    { text: 'For fish', command: 'contrail completion fish > ~/.config/fish/completions/contrail.fish' },
  ],
  json: 'An object: shell, script.',
  run: async (session, { shell }) => {
    const known = SHELLS.find((name) => name === shell);
    if (known === undefined) throw new UsageError(`<shell> '${shell}' is not one of ${SHELLS.join(', ')}`);
    const script = completionScript(known, session.doors.program);
    if (session.isJson) session.json({ shell: known, script });
    else session.write(script);
  },
});
