// What a page does that wants to be told of new messages.
const listening = new WebSocket(`ws://your-api-url/ws/${token}`);

listening.onmessage = ({ data }) => {
  const frame = JSON.parse(data);
  if (frame.type === "new_message") {
    console.log("Nouveau message reçu:", frame.message);
  }
};

listening.onclose = ({ code, reason }) => console.log("Connexion WebSocket fermée:", code, reason);
