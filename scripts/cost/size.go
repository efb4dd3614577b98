package main

import (
	"bytes"
	"encoding/json"
	"strconv"
	"strings"

	"curfew/shared/record"
)

// itemSize is how many bytes a row has as an item of DynamoDB: the names and values of its attributes, as package dynamo
// lays them out.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func itemSize(r record.Row) (int, error) {
	d := json.NewDecoder(bytes.NewReader(r.Body))
	d.UseNumber()
	var body any
	if err := d.Decode(&body); err != nil {
		return 0, err
	}
	n := keySize(r.Key) + len("version") + numberSize(strconv.FormatInt(r.Version, 10)) + len("body") + valueSize(body)
	if !r.Expires.IsZero() {
		n += len("expires") + numberSize(strconv.FormatInt(r.Expires.Unix(), 10))
	}
	if strings.HasPrefix(r.Key.Sort, "token#") {
		n += longerToken
	}
	for index, place := range r.Index {
		n += len(index)*2 + len("_pk") + len("_sk") + len(place.Partition) + len(place.Sort)
	}
	return n, nil
}

func keySize(k record.Key) int { return len("pk") + len("sk") + len(k.Partition) + len(k.Sort) }

// entrySize is that of a row's entry in an index that has nothing but keys.
func entrySize(r record.Row, i record.Index) int {
	return keySize(r.Key) + len(i)*2 + len("_pk") + len("_sk") + len(r.Index[i].Partition) + len(r.Index[i].Sort)
}

// valueSize: a map or list has 3 bytes of its own, and one for each element.
func valueSize(v any) int {
	switch v := v.(type) {
	case string:
		return len(v)
	case json.Number:
		return numberSize(v.String())
	case []any:
		n := 3
		for _, e := range v {
			n += 1 + valueSize(e)
		}
		return n
	case map[string]any:
		n := 3
		for name, e := range v {
			n += 1 + len(name) + valueSize(e)
		}
		return n
	}
	return 1 // true, false, null
}

// numberSize is a byte for each two digits, and one.
func numberSize(digits string) int { return (len(digits)+1)/2 + 1 }

// units rounds up to whole units of so many bytes; nothing costs as much as a little.
func units(bytes, unit int) int { return max(1, (bytes+unit-1)/unit) }
