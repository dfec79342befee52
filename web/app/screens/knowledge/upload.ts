/** Files on their way to the server, with how far they are: `fetch` cannot say. */
import { Problem, signIn } from "~/api";

export const ACCEPTED = ".pdf,.docx,.pptx,.xlsx,.xlsm,.csv,.tsv,.json,.md,.html,.htm,.txt";

/** Resolves once the server has it; `onProgress` from 0 to 1. Throws `Problem`. */
export function send(method: "POST" | "PUT", path: string, file: File, onProgress: (share: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, path);
    request.responseType = "json";
    request.upload.onprogress = ({ loaded, total }) => onProgress(total ? loaded / total : 0);
    request.onerror = () => reject(new Problem(0, "unreachable", "the server cannot be reached; the file was not uploaded"));
    request.onload = () => {
      if (request.status < 300) return resolve();
      if (request.status === 401) signIn();
      const body = (request.response ?? {}) as { detail?: string; code?: string };
      reject(new Problem(request.status, body.code ?? "unknown", body.detail ?? `the server answered ${request.status}`));
    };
    const form = new FormData();
    form.append("file", file);
    request.send(form);
  });
}
