// Command decide is the function that takes people's decisions: the only writer of them, and it does nothing else.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/httpapi"
	"curfew/shared/onaws"
	"curfew/shared/onaws/doors"
	"curfew/shared/onaws/packed"
)

func main() { os.Exit(onaws.Run("decide", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.DecideConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	catalogs, err := packed.Catalogs(f, s, cfg.CatalogConfig)
	if err != nil {
		return nil, err
	}
	flow := onaws.Workflow{}.WithSteps(sdk)
	s.Store, s.Workflow = onaws.NewStore(sdk, cfg.TablesConfig), &flow
	return doors.Serve(f, cfg.PeopleConfig, catalogs, httpapi.Decisions(s, doors.Caller, f.Log))
}
