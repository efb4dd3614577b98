package inprocess

import (
	"bytes"
	"context"
	"strconv"
	"sync"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// Objects is [log.Objects] in memory. The zero value is empty.
type Objects struct {
	mu  sync.Mutex // guards all
	all map[string]object
}

type object struct {
	data    []byte
	version int
}

var _ log.Objects = (*Objects)(nil)

// Read is [log.Objects.Read].
func (o *Objects) Read(ctx context.Context, name string) ([]byte, string, error) {
	if err := checkContext(ctx); err != nil {
		return nil, "", err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	was, ok := o.all[name]
	if !ok {
		return nil, "", fault.Errorf(fault.NotFound, "there is no %s", name)
	}
	return was.data, strconv.Itoa(was.version), nil
}

// Create is [log.Objects.Create].
func (o *Objects) Create(ctx context.Context, name string, data []byte) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	if was, there := o.all[name]; there && !bytes.Equal(was.data, data) {
		return fault.Errorf(fault.Conflict, "%s exists with other bytes", name)
	}
	o.put(name, data, 1)
	return nil
}

// Replace is [log.Objects.Replace].
func (o *Objects) Replace(ctx context.Context, name string, data []byte, tag string) error {
	if err := checkContext(ctx); err != nil {
		return err
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	was, there := o.all[name]
	if !there && tag != "" || there && tag != strconv.Itoa(was.version) {
		return fault.Errorf(fault.Conflict, "%s was replaced meanwhile", name)
	}
	o.put(name, data, was.version+1)
	return nil
}

func (o *Objects) put(name string, data []byte, version int) {
	if o.all == nil {
		o.all = map[string]object{}
	}
	o.all[name] = object{bytes.Clone(data), version}
}
