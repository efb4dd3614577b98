// Command contain closes a grant that AWS refuses to remove: it closes its policy, or adds a Deny. It also denies a
// principal that others changed, for an hour, where the catalog says so.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/catalogs"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/iam"
)

func main() { os.Exit(onaws.Run("contain", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.ContainConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	if _, err := catalogs.Load(f, s, cfg.CatalogConfig); err != nil {
		return nil, err
	}
	s.Store = dynamo.New(sdk, cfg.TablesConfig)
	cloud := iam.New(cfg.InstallationConfig, onaws.NewAccounts(sdk, cfg.AccountsConfig))
	cloud.RoomUnread = true
	s.Cloud = onaws.AttachOnly{Cloud: cloud}
	return onaws.Task(f, onaws.NoOutput(s.Contain)), nil
}
