package record

import (
	"fmt"
	"strconv"

	"curfew/shared/fault"
)

// The attributes of a DynamoDB item. Version, form and expiry are numbers.
const (
	PartitionAttribute = "pk"
	SortAttribute      = "sk"
	VersionAttribute   = "version"
	FormAttribute      = "form"
	BodyAttribute      = "body"
	ExpiresAttribute   = "expires" // Unix seconds; absent: never
)

func (i Index) PartitionAttribute() string { return string(i) + "_pk" }

func (i Index) SortAttribute() string { return string(i) + "_sk" }

// Form is stored with each row. Increase it when the previous release cannot read new rows: after a rollback it then
// refuses them.
const Form = 1

// CheckForm returns [Damaged] for a form of another release.
func CheckForm(k Key, form int64) error {
	if form != Form {
		return Damaged(k, "is stored in form %d, and this release reads only form %d", form, Form)
	}
	return nil
}

// DamagedError says that a stored item is not a row. Few go on without it.
type DamagedError struct {
	Key Key
	why string
}

func (e *DamagedError) Error() string { return "row " + e.Key.String() + " " + e.why }

// Damaged is Internal with a [*DamagedError].
func Damaged(k Key, format string, args ...any) error {
	err := &DamagedError{k, fmt.Sprintf(format, args...)}
	return &fault.Error{Kind: fault.Internal, Text: err.Error(), Err: err}
}

// MaxSize is DynamoDB's limit, in bytes.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
const MaxSize = 400 << 10

// Size returns the bytes of the DynamoDB item.
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

// EntrySize returns the bytes in an index.
func (r Row) EntrySize(i Index) int { return r.Key.size() + r.Index[i].size(i) }

func (k Key) size() int {
	return len(PartitionAttribute) + len(k.Partition) + len(SortAttribute) + len(k.Sort)
}

func (p Place) size(i Index) int {
	return 2*len(i) + len("_pk") + len(p.Partition) + len("_sk") + len(p.Sort)
}

// numberSize is an upper bound: DynamoDB trims zeros.
func numberSize(n int64) int { return (len(strconv.FormatInt(n, 10))+1)/2 + 1 }
