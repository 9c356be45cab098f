// What a page does that registers somebody and shows who comes.
const events = new WebSocket("ws://localhost:8000/ws/notifications/");

events.onopen = () => console.log("Connexion WebSocket établie");
events.onmessage = ({ data }) => console.log("Message reçu:", JSON.parse(data));

async function register(account) {
  const response = await fetch("http://localhost:8000/api/register/", {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(account),
  });
  console.log("Inscription réussie:", await response.json());
}
