// Every call of both Node SDKs, as their documentation shows them: node send.mjs URL WRITE_KEY
import RudderAnalytics from "@rudderstack/rudder-sdk-node";
import { Analytics } from "@segment/analytics-node";

const [url, writeKey] = process.argv.slice(2);

function sendAll(client, userId) {
  client.identify({ userId, traits: { email: `${userId}@example.org` } });
  client.track({ userId, event: "Order Completed", properties: { order_id: userId, total: 3.25 } });
  client.page({ userId, name: "Cart", properties: { url: "https://shop.example/cart" } });
  client.screen({ userId, name: "Cart" });
  client.group({ userId, groupId: "family", traits: { size: 4 } });
  client.alias({ userId, previousId: `${userId}-old` });
}

const segment = new Analytics({ writeKey, host: url });
segment.on("error", (error) => {
  console.error("segment:", error);
  process.exitCode = 1;
});
sendAll(segment, "segment-node");
await segment.closeAndFlush({ timeout: 20000 });

const rudder = new RudderAnalytics(writeKey, { dataPlaneUrl: url, logLevel: "error" });
sendAll(rudder, "rudder-node");
await new Promise((resolve) => rudder.flush((error) => {
  if (error) {
    console.error("rudder:", error);
    process.exitCode = 1;
  }
  resolve();
}));
process.exit();
