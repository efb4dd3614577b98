// Command expire is the net behind the TTL records: what DynamoDB removed of the table is ended.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/onaws"
	"curfew/shared/onaws/invoke"
)

func main() { os.Exit(onaws.Run("expire", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.NetConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Settings.Canary = cfg.Canary()
	flow := onaws.Workflow{Orders: invoke.New(sdk, cfg.OrdersConfig)}
	s.Store, s.Workflow = onaws.NewStore(sdk, cfg.TablesConfig), flow
	return f.Expire(s), nil
}
