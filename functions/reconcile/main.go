// Command reconcile is the sweep: it compares IAM with the records. Function revoke does the removals.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/deployments"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/iam"
	"curfew/shared/onaws/invoke"
	"curfew/shared/onaws/sqs"
	"curfew/shared/onaws/stepfunctions"
)

func main() { os.Exit(onaws.Run("reconcile", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.ReconcileConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	check, err := catalogs.Silence(f, s, cfg, deployments.New(sdk, cfg.InstallationConfig))
	if err != nil {
		return nil, err
	}
	executions, in := stepfunctions.NewExecutions(sdk, cfg.ExecutionsConfig), onaws.NewAccounts(sdk, cfg.AccountsConfig)
	flow, cloud := onaws.Workflow{Executions: executions, Tasks: executions.Tasks(), Orders: invoke.New(sdk, cfg.OrdersConfig)}, iam.New(cfg.InstallationConfig, in)
	cloud.RoomUnread = true // the sweep needs no quotas
	s.Store, s.Workflow, s.Cloud, s.Settings.Canary = dynamo.New(sdk, cfg.TablesConfig), flow, onaws.ReadOnly{Cloud: cloud}, cfg.Canary()
	return f.WithHeartbeat(onaws.NewHeartbeat(in, cfg.Regions, catalogs.Governed(s), check), f.Sweep(s, sqs.New(sdk, cfg.LateConfig))), nil
}
