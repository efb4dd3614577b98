// Command api is the function behind both APIs: all requests of callers except decisions.
package main

import (
	"os"

	"curfew/shared/httpapi"
	"curfew/shared/onaws"
	"curfew/shared/onaws/apigateway"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/iam"
	"curfew/shared/onaws/invoke"
	"curfew/shared/onaws/stepfunctions"
)

func main() { os.Exit(onaws.Run("api", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.APIConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	set, err := catalogs.Load(f, s, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	executions := stepfunctions.NewExecutions(sdk, cfg.ExecutionsConfig)
	flow := onaws.Workflow{Executions: executions, Tasks: executions.Tasks(), Orders: invoke.New(sdk, cfg.OrdersConfig)}
	s.Store, s.Workflow, s.Settings.Home = dynamo.New(sdk, cfg.TablesConfig), flow, cfg.Home
	s.Cloud = onaws.LookOnly{Cloud: iam.New(cfg.InstallationConfig, onaws.NewAccounts(sdk, cfg.AccountsConfig))}
	return apigateway.Serve(f, cfg.PeopleConfig, set, httpapi.API(s, apigateway.Caller, f.Log))
}
