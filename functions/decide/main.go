// Command decide stores people's decisions. It is the only function that may write them.
package main

import (
	"os"

	"curfew/shared/httpapi"
	"curfew/shared/onaws"
	"curfew/shared/onaws/apigateway"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/stepfunctions"
)

func main() { os.Exit(onaws.Run("decide", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.DecideConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	set, err := catalogs.Load(f, s, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	s.Store, s.Workflow = dynamo.New(sdk, cfg.TablesConfig), onaws.Workflow{Tasks: stepfunctions.NewTasks(sdk)}
	return apigateway.Serve(f, cfg.PeopleConfig, set, httpapi.Decisions(s, apigateway.Caller, f.Log))
}
