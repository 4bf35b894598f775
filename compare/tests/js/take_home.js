import { connect } from "./sse/client.js";

connect({ url: "/chat/blue/events", on: { message: ({ name, words }) => console.log(name, words) } });
