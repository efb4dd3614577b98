// Command trigger handles events: it starts and ends elevations, and starts jobs that wait for one.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/iam"
	"curfew/shared/onaws/invoke"
	"curfew/shared/onaws/jobs"
	"curfew/shared/onaws/stepfunctions"
	"curfew/shared/onaws/verify"
)

func main() { os.Exit(onaws.Run("trigger", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.TriggerConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	set, err := catalogs.Load(f, s, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	x, in := stepfunctions.NewExecutions(sdk, cfg.ExecutionsConfig), onaws.NewAccounts(sdk, cfg.AccountsConfig)
	s.Workflow = onaws.Workflow{Executions: x, Tasks: x.Tasks(), Orders: invoke.New(sdk, cfg.OrdersConfig)}
	s.Store, s.Cloud = dynamo.New(sdk, cfg.TablesConfig), onaws.LookOnly{Cloud: iam.New(cfg.InstallationConfig, in)}
	return verify.Handler(f, s, set, cfg, verify.New(in, cfg.TasksConfig, f.Log), jobs.New(in, catalogs.Governs(s))), nil
}
