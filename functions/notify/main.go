// Command notify is the outbox: the only function that tells people and systems anything.
package main

import (
	"os"

	"github.com/aws/aws-sdk-go-v2/aws"

	"curfew/shared/onaws"
	"curfew/shared/onaws/events"
	"curfew/shared/onaws/sns"
)

func main() { os.Exit(onaws.Run("notify", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.NotifyConfig, sdk aws.Config) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Store = onaws.NewStore(sdk, cfg.TablesConfig)
	people, systems := sns.New(sdk, cfg.InstallationConfig, cfg.ChannelsConfig), events.New(sdk, cfg.InstallationConfig, cfg.ChannelsConfig)
	s.Notifier = onaws.Notifier{Teller: people, Publisher: systems}
	return f.Notify(s), nil
}
