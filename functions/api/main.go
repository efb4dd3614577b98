// Command api is the function behind both doors: whatever callers may ask and order, but decisions.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/httpapi"
	"curfew/shared/onaws"
	"curfew/shared/onaws/doors"
	"curfew/shared/onaws/orders"
	"curfew/shared/onaws/packed"
	"curfew/shared/onaws/steps"
)

func main() { os.Exit(onaws.Run("api", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.APIConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	catalogs, err := packed.Catalogs(f, s, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	executions := steps.NewExecutions(sdk, cfg.ExecutionsConfig)
	flow := onaws.Workflow{Executions: executions, Tasks: executions.Tasks(), Orders: orders.New(sdk, cfg.OrdersConfig)}
	s.Store, s.Workflow = onaws.NewStore(sdk, cfg.TablesConfig), flow
	s.Cloud = onaws.Looking{Cloud: onaws.NewCloud(sdk, cfg.InstallationConfig, cfg.AccountsConfig)}
	return doors.Serve(f, cfg.PeopleConfig, catalogs, httpapi.API(s, doors.Caller, f.Log))
}
