// A storefront's backend asks what goes with an item, and never keeps its page waiting for the answer.
//
// With a server running: npm install, then: node client.mjs ITEM_ID [TARGET]
import { fileURLToPath } from "node:url";
import grpc from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

const DEADLINE_MS = 200; // what the page can spare
const protos = fileURLToPath(new URL("../../proto", import.meta.url));
const definition = loadSync("shopkeeper/v1/recommendation_service.proto", {
  includeDirs: [protos],
  enums: String,
  defaults: true,
});
const { RecommendationService } = grpc.loadPackageDefinition(definition).shopkeeper.v1;

/** Items to show beside this one, best first; none when the server is late, away or has nothing fitting. */
function accessories(client, itemId, { cart = [], dismissed = [] } = {}) {
  const request = { placement: "product_page", itemId, cartItemIds: cart, dismissedItemIds: dismissed };
  return new Promise((resolve) => {
    client.Recommend(request, { deadline: Date.now() + DEADLINE_MS }, (error, answer) => {
      if (error) {
        // Nothing to show is always a good page. INVALID_ARGUMENT is worth an alarm.
        console.error(`no recommendations: ${grpc.status[error.code]} ${error.details}`);
        resolve([]);
      } else {
        resolve(answer.recommendations);
      }
    });
  });
}

const [itemId, target = "127.0.0.1:50051"] = process.argv.slice(2);
const client = new RecommendationService(target, grpc.credentials.createInsecure()); // one for the life of the backend
for (const item of await accessories(client, itemId)) {
  console.log(`${item.itemId}\t${item.relation}\t${item.reason.text}`);
}
client.close();
