// Command notify is the outbox: the only function that tells people and systems anything.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/onaws"
	"curfew/shared/onaws/channels"
)

func main() { os.Exit(onaws.Run("notify", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.NotifyConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Store = onaws.NewStore(sdk, cfg.TablesConfig)
	s.Notifier = channels.New(sdk, cfg.InstallationConfig, cfg.ChannelsConfig)
	return f.Notify(s), nil
}
