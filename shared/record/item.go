package record

import (
	"strconv"

	"curfew/shared/fault"
)

// The attributes of a row as an item of DynamoDB. All are strings, but for the version, the form and the instant of expiry,
// which are numbers.
const (
	PartitionAttribute = "pk"
	SortAttribute      = "sk"
	VersionAttribute   = "version"
	FormAttribute      = "form"
	BodyAttribute      = "body"
	ExpiresAttribute   = "expires" // Unix seconds; not there if the row never expires
)

// PartitionAttribute is the attribute that is the partition key of this index.
func (i Index) PartitionAttribute() string { return string(i) + "_pk" }

// SortAttribute is the attribute that is the sort key of this index.
func (i Index) SortAttribute() string { return string(i) + "_sk" }

// Form is the version of the form in which this release stores rows: these attributes, with a body of the members that it
// knows. A store writes it beside each row. A release that stores what its predecessor cannot read counts it up: then the
// predecessor refuses the row, after a rollback too, and does not misread it.
const Form = 1

// CheckForm refuses a stored row of a form that this release does not know. Internal.
func CheckForm(k Key, form int64) error {
	if form != Form {
		return fault.Errorf(fault.Internal, "row %s is stored in form %d, and this release reads only form %d", k, form, Form)
	}
	return nil
}

// MaxSize is the largest item of DynamoDB in bytes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MaxSize = 400 << 10

// Size is how many bytes the row has as an item of DynamoDB: the names and values of its attributes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
func (r Row) Size() int {
	n := r.Key.size() + len(VersionAttribute) + numberSize(r.Version) + len(FormAttribute) + numberSize(Form) + len(BodyAttribute) + len(r.Body)
	if !r.Expires.IsZero() {
		n += len(ExpiresAttribute) + numberSize(r.Expires.Unix())
	}
	for index, place := range r.Index {
		n += place.size(index)
	}
	return n
}

// EntrySize is how many bytes the row's entry in an index has: its key in the table, and its place.
func (r Row) EntrySize(i Index) int { return r.Key.size() + r.Index[i].size(i) }

func (k Key) size() int {
	return len(PartitionAttribute) + len(k.Partition) + len(SortAttribute) + len(k.Sort)
}

func (p Place) size(i Index) int {
	return 2*len(i) + len("_pk") + len(p.Partition) + len("_sk") + len(p.Sort)
}

// numberSize is a byte for each two digits, and one. DynamoDB trims zeros, so that it may count less.
func numberSize(n int64) int { return (len(strconv.FormatInt(n, 10))+1)/2 + 1 }
