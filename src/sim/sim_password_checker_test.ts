import { passwordCheckerContract } from '../ports/password_checker_contract.ts';
import { ServerWorld } from './server_world.ts';
import { SimPasswordChecker } from './sim_password_checker.ts';

passwordCheckerContract('sim', () => {
  const world = new ServerWorld();
  return { checker: new SimPasswordChecker(world.clock), settle: () => world.advance(1000) };
});
