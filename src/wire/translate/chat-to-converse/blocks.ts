// The blocks of a turn (docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_ContentBlock.html).
import { type BlockWords, blocksOf } from "../from-chat/turns.ts";
import { UntranslatableError } from "../untranslatable.ts";

const formats: ReadonlyMap<string, string> = new Map([
  ["image/png", "png"],
  ["image/jpeg", "jpeg"],
  ["image/gif", "gif"],
  ["image/webp", "webp"],
]);

export const converseBlocks: BlockWords = {
  text: (text) => ({ text }),
  image(mediaType, data, path) {
    const format = formats.get(mediaType.toLowerCase());
    if (format === undefined)
      throw new UntranslatableError(path, `must be one of ${Array.from(formats.keys()).join(", ")}`);
    return { image: { format, source: { bytes: data } } };
  },
  remoteImage(_url, path) {
    throw new UntranslatableError(path, "must be a data URL: the model's endpoint fetches no pictures");
  },
  toolUse: ({ id, name, input }) => ({ toolUse: { toolUseId: id, name, input } }),
  toolResult: ({ id, content }) => ({
    toolResult: { toolUseId: id, content: blocksOf(content, converseBlocks) },
  }),
};
