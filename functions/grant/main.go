// Command grant attaches a grant: state Grant. It cannot remove.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/iam"
	"curfew/shared/onaws/invoke"
)

func main() { os.Exit(onaws.Run("grant", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.GrantConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	if _, err := catalogs.Load(f, s, cfg.CatalogConfig); err != nil {
		return nil, err
	}
	flow := onaws.Workflow{Orders: invoke.New(sdk, cfg.OrdersConfig)}
	cloud := iam.New(cfg.InstallationConfig, onaws.NewAccounts(sdk, cfg.AccountsConfig))
	cloud.RoomUnread = true
	s.Store, s.Workflow, s.Cloud = dynamo.New(sdk, cfg.TablesConfig), flow, onaws.AttachOnly{Cloud: cloud}
	return onaws.Task(f, s.Grant), nil
}
