/** What stands in a run's page when the run was removed: nothing is asked any more. */
import { shared } from "../texts/shared";
import { Link } from "./router";
import { Empty } from "./ui";

export function Gone() {
  return (
    <Empty title={shared.gone}>
      <p role="status">{shared.goneCure}</p>
      <Link to="/" class="button main">
        {shared.toRuns}
      </Link>
    </Empty>
  );
}
