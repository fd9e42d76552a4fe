import { streamStoreContract } from '../stream_store_contract.ts';
import { SimStorage } from './sim_storage_contract.ts';

streamStoreContract('file on a simulated disk', async (some) => {
  const under = new SimStorage();
  await under.open(some);
  return under;
});

streamStoreContract('file on a simulated disk, synced now and then', async (some) => {
  const under = new SimStorage({ sync: 10_000 });
  await under.open(some);
  return under;
});
