// Command trigger takes what the event bus tells: it begins and ends elevations, and starts jobs that wait for one.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/invoke"
	"curfew/shared/onaws/jobs"
	"curfew/shared/onaws/stepfunctions"
	"curfew/shared/onaws/verify"
)

func main() { os.Exit(onaws.Run("trigger", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.TriggerConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	set, err := catalogs.Catalogs(f, s, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	x, in := stepfunctions.NewExecutions(sdk, cfg.ExecutionsConfig), onaws.NewEntries(sdk, cfg.AccountsConfig)
	s.Workflow = onaws.Workflow{Executions: x, Tasks: x.Tasks(), Orders: invoke.New(sdk, cfg.OrdersConfig)}
	s.Store, s.Cloud = onaws.NewStore(sdk, cfg.TablesConfig), onaws.Looking{Cloud: onaws.NewCloud(sdk, cfg.InstallationConfig, cfg.AccountsConfig)}
	return verify.Take(f, s, set, in, cfg, verify.New(in, cfg.TasksConfig, f.Log), jobs.New(in)), nil
}
