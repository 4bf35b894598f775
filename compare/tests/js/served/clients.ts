// Each of the five is such a client.
import * as iframeStream from "../../../../iframe-stream/assets/client.js";
import * as longPolling from "../../../../long-polling/assets/client.js";
import * as polling from "../../../../polling/assets/client.js";
import * as sse from "../../../../sse/assets/client.js";
import * as websocket from "../../../../websocket/assets/client.js";
import type { Connect, Setting } from "./shared/backoff.js";

const clients: { connect: Connect; settings?: Setting[] }[] = [iframeStream, longPolling, polling, sse, websocket];
export default clients;
