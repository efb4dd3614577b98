// Package logtest has the contract of [log.Objects], which every implementation passes.
package logtest

import (
	"bytes"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"curfew/shared/evidence/log"
	"curfew/shared/fault"
)

// Objects tests the contract. open returns objects of which it has none yet.
func Objects(t *testing.T, open func(*testing.T) log.Objects) {
	t.Helper()
	for name, test := range map[string]func(*testing.T, log.Objects){
		"what is not there is NotFound": func(t *testing.T, o log.Objects) {
			_, _, err := o.Read(t.Context(), "tile/0/000.p/1")
			want(t, err, fault.NotFound)
		},
		"an object is created once":                   createdOnce,
		"bytes stay as they are":                      anyBytes,
		"the checkpoint is replaced by its tag":       replaced,
		"one of many writers creates an object":       manyCreate,
		"one of many writers replaces the checkpoint": manyReplace,
		"a name may be the beginning of another's folder": func(t *testing.T, o log.Objects) {
			for _, name := range []string{"tile/0/x001/000", "tile/0/000", "tile/0/001.p/3", "stage/3-ab", "altered/ab"} {
				want(t, o.Create(t.Context(), name, []byte(name)), "")
				read(t, o, name, name)
			}
		},
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func createdOnce(t *testing.T, o log.Objects) {
	const name = "tile/0/000.p/2"
	want(t, o.Create(t.Context(), name, []byte("one")), "")
	want(t, o.Create(t.Context(), name, []byte("one")), "")
	want(t, o.Create(t.Context(), name, []byte("two")), fault.Conflict)
	read(t, o, name, "one")
}

func anyBytes(t *testing.T, o log.Objects) {
	all := bytes.Repeat([]byte{0, 255, '\r', '\n', 0xc3}, 200_000)
	want(t, o.Create(t.Context(), "tile/entries/000", all), "")
	read(t, o, "tile/entries/000", string(all))
}

func replaced(t *testing.T, o log.Objects) {
	ctx := t.Context()
	want(t, o.Replace(ctx, log.CheckpointName, []byte("0"), "a tag"), fault.Conflict)
	want(t, o.Replace(ctx, log.CheckpointName, []byte("1"), ""), "")
	want(t, o.Replace(ctx, log.CheckpointName, []byte("2"), ""), fault.Conflict)
	first := read(t, o, log.CheckpointName, "1")
	want(t, o.Replace(ctx, log.CheckpointName, []byte("2"), first), "")
	want(t, o.Replace(ctx, log.CheckpointName, []byte("3"), first), fault.Conflict)
	if read(t, o, log.CheckpointName, "2") == first {
		t.Error("two versions have one tag")
	}
}

const writers = 8

func manyCreate(t *testing.T, o log.Objects) {
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			switch err := o.Create(t.Context(), "tile/0/000", fmt.Append(nil, i)); fault.KindOf(err) {
			case "":
				won.Add(1)
			case fault.Conflict, fault.Transient:
			default:
				t.Errorf("Create = %v", err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers created one object with different bytes", won.Load())
	}
}

func manyReplace(t *testing.T, o log.Objects) {
	want(t, o.Replace(t.Context(), log.CheckpointName, []byte("first"), ""), "")
	tag := read(t, o, log.CheckpointName, "first")
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range writers {
		all.Go(func() {
			switch err := o.Replace(t.Context(), log.CheckpointName, fmt.Append(nil, i), tag); fault.KindOf(err) {
			case "":
				won.Add(1)
			case fault.Conflict, fault.Transient:
			default:
				t.Errorf("Replace = %v", err)
			}
		})
	}
	all.Wait()
	if won.Load() != 1 {
		t.Errorf("%d writers replaced one version", won.Load())
	}
}

func read(t *testing.T, o log.Objects, name, data string) (tag string) {
	t.Helper()
	got, tag, err := o.Read(t.Context(), name)
	if err != nil || string(got) != data || tag == "" {
		t.Fatalf("Read(%s) = %.40q, tag %q, %v; want %.40q", name, got, tag, err, data)
	}
	return tag
}

func want(t *testing.T, err error, kind fault.Kind) {
	t.Helper()
	if fault.KindOf(err) != kind {
		t.Fatalf("%v, want kind %q", err, kind)
	}
}
