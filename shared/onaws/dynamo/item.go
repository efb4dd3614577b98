package dynamo

import (
	"encoding/json"
	"strconv"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/dynamodb/types"

	"curfew/shared/record"
)

func text(s string) types.AttributeValue { return &types.AttributeValueMemberS{Value: s} }

func number(n int64) types.AttributeValue {
	return &types.AttributeValueMemberN{Value: strconv.FormatInt(n, 10)}
}

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
	return map[string]types.AttributeValue{record.PartitionAttribute: text(k.Partition), record.SortAttribute: text(k.Sort)}
}

// encodeItem stores the body as a string: DynamoDB keeps its bytes.
func encodeItem(r record.Row) map[string]types.AttributeValue {
	item := itemKey(r.Key)
	item[record.VersionAttribute], item[record.FormAttribute] = number(r.Version), number(record.Form)
	item[record.BodyAttribute] = text(string(r.Body))
	if !r.Expires.IsZero() {
		item[record.ExpiresAttribute] = number(r.Expires.Unix())
	}
	for index, place := range r.Index {
		item[index.PartitionAttribute()], item[index.SortAttribute()] = text(place.Partition), text(place.Sort)
	}
	return item
}

// decodeItem returns an item's row. [record.Damaged]: no Store wrote it, or another release wrote an unknown form.
func decodeItem(t record.Table, item map[string]types.AttributeValue) (record.Row, error) {
	r := record.Row{Key: record.Key{Table: t, Partition: textOf(item[record.PartitionAttribute]), Sort: textOf(item[record.SortAttribute])}}
	form, err := numberOf(item[record.FormAttribute])
	if err != nil {
		return r, record.Damaged(r.Key, "has no valid form")
	}
	if err := record.CheckForm(r.Key, form); err != nil {
		return r, err
	}
	version, err := numberOf(item[record.VersionAttribute])
	if err != nil || version < 1 {
		return r, record.Damaged(r.Key, "has no valid version")
	}
	r.Version = version
	expires, err := numberOf(item[record.ExpiresAttribute])
	if err != nil {
		return r, record.Damaged(r.Key, "has an invalid expiry")
	}
	if expires > 0 {
		r.Expires = time.Unix(expires, 0).UTC()
	}
	body := textOf(item[record.BodyAttribute])
	if body == "" {
		return r, record.Damaged(r.Key, "has no body")
	}
	r.Body = json.RawMessage(body)
	for _, index := range record.Indexes() {
		if p := textOf(item[index.PartitionAttribute()]); p != "" {
			if r.Index == nil {
				r.Index = map[record.Index]record.Place{}
			}
			r.Index[index] = record.Place{Partition: p, Sort: textOf(item[index.SortAttribute()])}
		}
	}
	return r, nil
}
