/**
 * Who says what in a play: paragraphs apart by an empty line, each led by a line with the speaker's name and a colon. A
 * split by speaker is the natural non-IID split of such a text: McMahan et al., "Communication-Efficient Learning of Deep
 * Networks from Decentralized Data", AISTATS 2017, §3.
 * @module
 */
const nameLine = /^([^\n:]{1,60}):\n/

export interface Speaker {
  readonly name: string
  /** all that is theirs, with the lines that name them */
  readonly text: string
}

/** By first appearance. A paragraph that names nobody goes on with the one before; before any name it is of `''`. */
export function speakersOf(text: string): readonly Speaker[] {
  const lines = new Map<string, string[]>()
  let name = ''
  for (const paragraph of text.split(/\n{2,}/)) {
    if (paragraph.trim() === '') continue
    name = nameLine.exec(paragraph)?.[1] ?? name
    const said = lines.get(name) ?? []
    said.push(paragraph)
    lines.set(name, said)
  }
  return [...lines].map(([speaker, said]) => ({ name: speaker, text: `${said.join('\n\n')}\n\n` }))
}
