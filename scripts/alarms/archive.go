package main

import (
	"context"
	"crypto/ed25519"

	"golang.org/x/mod/sumdb/tlog"

	"curfew/shared/access"
	"curfew/shared/archive"
	"curfew/shared/evidence/log"
	"curfew/shared/fault"
	"curfew/shared/inprocess"
	"curfew/shared/onaws"
	"curfew/shared/onaws/dynamo"
	"curfew/shared/record"
)

// archiveHandler keeps its log in memory.
func (p *plant) archiveHandler(f *onaws.Function, s *access.Service) onaws.Handler {
	keys := []log.Key{log.MemoryKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))}
	of := &archive.Service{Base: s.Base, Chains: inprocess.Chains{Store: p.store}, Evidence: &log.Log{Origin: "logs.example.com/curfew", Objects: &inprocess.Objects{}, Stage: &inprocess.Objects{}, Keys: keys}}
	of.View = rows{p}
	return dynamo.Archive(f, of, onaws.TablesConfig{AccessTable: string(record.AccessTable), AuditTable: string(record.AuditTable)})
}

// rows is a view that fails as the cause says.
type rows struct{ plant *plant }

func (r rows) Add(context.Context, log.Growth) error { return nil }

func (r rows) Pass(context.Context, tlog.Tree) error {
	if r.plant.isDown("the rows") {
		return fault.Errorf(fault.Transient, "no answer")
	}
	return nil
}
