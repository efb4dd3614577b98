// Command decide is the function that takes people's decisions: the only writer of them, and it does nothing else.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/httpapi"
	"curfew/shared/onaws"
	"curfew/shared/onaws/doors"
	"curfew/shared/onaws/packed"
	"curfew/shared/onaws/steps"
)

func main() { os.Exit(onaws.Run("decide", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.DecideConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	catalogs, err := packed.Catalogs(f, s, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	s.Store, s.Workflow = onaws.NewStore(sdk, cfg.TablesConfig), onaws.Workflow{Tasks: steps.NewTasks(sdk)}
	return doors.Serve(f, cfg.PeopleConfig, catalogs, httpapi.Decisions(s, doors.Caller, f.Log))
}
