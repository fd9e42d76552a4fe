// Scripts of commands with their recorded output, as text: `# title`, commands, `----`, what was printed, an empty line.
// It parses, renders and compares them; what a command means is the player's business.

export interface Play {
  readonly title: string;
  /** Comment lines and blocks in order. */
  readonly blocks: readonly PlayBlock[];
}

export interface PlayBlock {
  readonly commands: readonly string[];
  readonly output: readonly string[];
}

export function parsePlays(text: string): Play[] {
  const plays: { title: string; blocks: PlayBlock[] }[] = [];
  let commands: string[] = [];
  let output: string[] | null = null;
  const finish = () => {
    if (commands.length > 0) plays.at(-1)?.blocks.push({ commands, output: output ?? [] });
    commands = [];
    output = null;
  };
  for (const line of text.split('\n')) {
    if (line.startsWith('# ')) {
      finish();
      plays.push({ title: line.slice(2), blocks: [] });
    } else if (line === '') {
      finish();
    } else if (line === '----') {
      output = [];
    } else if (output !== null) {
      output.push(line);
    } else {
      commands.push(line);
    }
  }
  finish();
  return plays;
}

export function renderPlays(plays: readonly Play[]): string {
  const lines: string[] = [];
  for (const play of plays) {
    lines.push(`# ${play.title}`);
    for (const block of play.blocks) lines.push(...block.commands, '----', ...block.output, '');
  }
  return `${lines.join('\n')}`;
}
