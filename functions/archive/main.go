// Command archive enters evidence in the log, from the streams of both tables, and compares them daily. It writes the log's rows.
package main

import (
	"os"

	"curfew/shared/archive"
	"curfew/shared/audit/lake"
	"curfew/shared/evidence/log"
	"curfew/shared/ocsf/rows"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/onaws/kms"
	"curfew/shared/onaws/s3"
	"curfew/shared/onaws/witness"
)

func main() { os.Exit(onaws.Run("archive", os.Stdout, wire)) }

func wire(f *onaws.Function, cfg onaws.ArchiveConfig, sdk onaws.SDK) (onaws.Handler, error) {
	s := &archive.Service{Base: f.Service(cfg.InstallationConfig).Base, Chains: dynamo.NewChains(sdk, cfg.TablesConfig), Retention: cfg.Retention()}
	s.Store = dynamo.New(sdk, cfg.TablesConfig)
	s.Evidence = &log.Log{Origin: cfg.Origin, Objects: s3.NewObjects(sdk, cfg.LogBucket), Stage: s3.NewObjects(sdk, cfg.StageBucket), Keys: kms.Keys(sdk, cfg.Keys)}
	events := rows.Source{Mapping: rows.Mapping{Version: cfg.OCSFVersion, Installation: cfg.Name, Account: cfg.Home, Region: sdk.Region}, Store: s.Store}
	s.View = &lake.Follower{Lake: lake.Lake{Objects: s3.NewObjects(sdk, cfg.LakeBucket)}, Log: s.Evidence.Objects, Store: s.Store, Now: s.Now, Events: events}
	var err error
	s.Evidence.Witness, err = witness.New(cfg.Witness, cfg.WitnessKey)
	return dynamo.Archive(f, s, cfg.TablesConfig), err
}
