// Command notify is the only function that sends messages and events.
package main

import (
	"os"

	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/events"
	"curfew/shared/onaws/securityhub"
	"curfew/shared/onaws/sns"
)

func main() { os.Exit(onaws.Run("notify", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.NotifyConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := f.Service(cfg.InstallationConfig)
	s.Store, s.Settings.Console = dynamo.New(sdk, cfg.TablesConfig), cfg.Console
	people, systems := sns.New(sdk, cfg.InstallationConfig, cfg.ChannelsConfig), events.New(sdk, cfg.InstallationConfig, cfg.ChannelsConfig)
	s.Notifier = onaws.Notifier{Sender: people, Publisher: systems, Importer: securityhub.New(sdk, cfg.InstallationConfig, cfg.SecurityHubConfig), Log: f.Log}
	return dynamo.Notify(f, s), nil
}
