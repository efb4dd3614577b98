package dynamo

import (
	"bytes"
	"encoding/json"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/fault"
	"curfew/shared/onaws"
	"curfew/shared/record"
)

// Attributes of every item, beside [onaws.PartitionKey].
const (
	sortKey          = "sk"
	versionAttribute = "version"
	bodyAttribute    = "body"
	expiresAttribute = "expires"
)

func partitionAttribute(i record.Index) string { return string(i) + "_pk" }
func sortAttribute(i record.Index) string      { return string(i) + "_sk" }

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

// textOf is the text of an attribute; empty if it is not there or is no text.
func textOf(v types.AttributeValue) string {
	if s, ok := v.(*types.AttributeValueMemberS); ok {
		return s.Value
	}
	return ""
}

func numberOf(v types.AttributeValue) (int64, error) {
	n, ok := v.(*types.AttributeValueMemberN)
	if !ok {
		return 0, nil
	}
	return strconv.ParseInt(n.Value, 10, 64)
}

func itemKey(k record.Key) map[string]types.AttributeValue {
	return map[string]types.AttributeValue{onaws.PartitionKey: text(k.Partition), sortKey: text(k.Sort)}
}

// encodeItem is a row as an item. Its body is a map, not a text, so that it can be queried in the table and in exports.
func encodeItem(r record.Row) (map[string]types.AttributeValue, error) {
	if err := r.Check(); err != nil {
		return nil, err
	}
	body, err := encodeBody(r.Body)
	if err != nil {
		return nil, fault.Errorf(fault.Invalid, "row %s: its body is no JSON object: %w", r.Key, err)
	}
	item := itemKey(r.Key)
	item[versionAttribute], item[bodyAttribute] = number(r.Version), body
	if !r.Expires.IsZero() {
		item[expiresAttribute] = number(r.Expires.Unix())
	}
	for index, place := range r.Index {
		item[partitionAttribute(index)], item[sortAttribute(index)] = text(place.Partition), text(place.Sort)
	}
	return item, nil
}

// decodeItem is an item as a row. What no Store wrote is Internal.
func decodeItem(t record.Table, item map[string]types.AttributeValue) (record.Row, error) {
	r := record.Row{Key: record.Key{Table: t, Partition: textOf(item[onaws.PartitionKey]), Sort: textOf(item[sortKey])}}
	version, err := numberOf(item[versionAttribute])
	if err != nil || version < 1 {
		return r, fault.Errorf(fault.Internal, "row %s has no version", r.Key)
	}
	r.Version = version
	expires, err := numberOf(item[expiresAttribute])
	if err != nil {
		return r, fault.Errorf(fault.Internal, "row %s expires at no instant", r.Key)
	}
	if expires > 0 {
		r.Expires = time.Unix(expires, 0).UTC()
	}
	body, ok := item[bodyAttribute].(*types.AttributeValueMemberM)
	if !ok {
		return r, fault.Errorf(fault.Internal, "row %s has no body", r.Key)
	}
	if r.Body, err = json.Marshal(plain(body)); err != nil {
		return r, fault.Errorf(fault.Internal, "row %s: %w", r.Key, err)
	}
	for _, index := range record.Indexes() {
		if p := textOf(item[partitionAttribute(index)]); p != "" {
			if r.Index == nil {
				r.Index = map[record.Index]record.Place{}
			}
			r.Index[index] = record.Place{Partition: p, Sort: textOf(item[sortAttribute(index)])}
		}
	}
	return r, nil
}

// encodeBody is a JSON object as a map of DynamoDB. Numbers keep their digits: neither side goes through float64.
func encodeBody(body json.RawMessage) (types.AttributeValue, error) {
	d := json.NewDecoder(bytes.NewReader(body))
	d.UseNumber()
	var members map[string]any
	if err := d.Decode(&members); err != nil {
		return nil, err
	}
	if _, err := d.Token(); err != io.EOF || members == nil {
		return nil, io.ErrUnexpectedEOF // something follows, or it is null
	}
	return attribute(members), nil
}

// attribute is a decoded JSON value as an attribute.
func attribute(v any) types.AttributeValue {
	switch v := v.(type) {
	case string:
		return text(v)
	case json.Number:
		return &types.AttributeValueMemberN{Value: v.String()}
	case bool:
		return &types.AttributeValueMemberBOOL{Value: v}
	case []any:
		list := &types.AttributeValueMemberL{Value: make([]types.AttributeValue, 0, len(v))}
		for _, e := range v {
			list.Value = append(list.Value, attribute(e))
		}
		return list
	case map[string]any:
		members := &types.AttributeValueMemberM{Value: make(map[string]types.AttributeValue, len(v))}
		for name, e := range v {
			members.Value[name] = attribute(e)
		}
		return members
	}
	return &types.AttributeValueMemberNULL{Value: true}
}

// plain is an attribute as a value for JSON. What encodeBody never makes (sets, binary) becomes null.
func plain(v types.AttributeValue) any {
	switch v := v.(type) {
	case *types.AttributeValueMemberS:
		return v.Value
	case *types.AttributeValueMemberN:
		return json.Number(strings.TrimPrefix(v.Value, "+"))
	case *types.AttributeValueMemberBOOL:
		return v.Value
	case *types.AttributeValueMemberL:
		list := make([]any, 0, len(v.Value))
		for _, e := range v.Value {
			list = append(list, plain(e))
		}
		return list
	case *types.AttributeValueMemberM:
		members := make(map[string]any, len(v.Value))
		for name, e := range v.Value {
			members[name] = plain(e)
		}
		return members
	}
	return nil
}
