// Command revoke removes a grant: state Revoke, and every net. It cannot add.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/iam"
	"curfew/shared/onaws/invoke"
	"curfew/shared/onaws/sqs"
)

func main() { os.Exit(onaws.Run("revoke", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.RevokeConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Settings.Canary = cfg.Canary()
	flow := onaws.Workflow{Containments: invoke.NewContainments(sdk, cfg.ContainmentsConfig), Deferred: sqs.New(sdk, cfg.LateConfig)}
	s.Store, s.Workflow = dynamo.New(sdk, cfg.TablesConfig), flow
	s.Cloud = onaws.RemoveOnly{Cloud: iam.New(cfg.InstallationConfig, onaws.NewAccounts(sdk, cfg.AccountsConfig))}
	return f.Revoke(s), nil
}
