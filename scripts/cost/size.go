package main

import (
	"strings"

	"curfew/shared/record"
)

// itemSize is how many bytes a row has as an item of DynamoDB on AWS, where task tokens are longer.
func itemSize(r record.Row) int {
	if strings.HasPrefix(r.Key.Sort, "token#") {
		return r.Size() + longerToken
	}
	return r.Size()
}

// units rounds up to whole units of so many bytes; nothing costs as much as a little.
func units(bytes, unit int) int { return max(1, (bytes+unit-1)/unit) }
