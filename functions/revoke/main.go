// Command revoke is the function that takes a grant away: Revoke, for every net. It can add nothing, and asks nobody.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/onaws"
	"curfew/shared/onaws/invoke/contain"
	"curfew/shared/onaws/sqs"
)

func main() { os.Exit(onaws.Run("revoke", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.RevokeConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Settings.Canary = cfg.Canary()
	flow := onaws.Workflow{Contains: contain.New(sdk, cfg.ContainmentsConfig), Late: sqs.New(sdk, cfg.LateConfig)}
	s.Store, s.Workflow = onaws.NewStore(sdk, cfg.TablesConfig), flow
	s.Cloud = onaws.Removing{Cloud: onaws.NewCloud(sdk, cfg.InstallationConfig, cfg.AccountsConfig)}
	return f.Revoke(s), nil
}
