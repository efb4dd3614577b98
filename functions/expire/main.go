// Command expire handles TTL removals in the table's stream: it ends those elevations.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/invoke"
)

func main() { os.Exit(onaws.Run("expire", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.NetConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Settings.Canary = cfg.Canary()
	flow := onaws.Workflow{Orders: invoke.New(sdk, cfg.OrdersConfig)}
	s.Store, s.Workflow = dynamo.New(sdk, cfg.TablesConfig), flow
	return dynamo.Expire(f, s), nil
}
