package trail

import (
	"encoding/binary"
	"encoding/hex"
	"math"
	"strconv"
	"strings"
	"time"
)

// eventKey is a hash, of 128 bits, of an event id and the account whose trail has the record: both accounts record a
// call between them. CloudTrail's ids are random.
type eventKey [16]byte

func keyOf(r *Record) (k eventKey) {
	// FNV-1a, once for each half with another start. https://www.rfc-editor.org/rfc/rfc9923.html
	const prime = 1099511628211
	low, high := uint64(14695981039346656037), uint64(14695981039346656037)^0x9e3779b97f4a7c15
	parts := [...]string{r.ID, "/", r.Account, "", "", ""}
	if r.ID == "" { // what there is, so that two of them are not taken for one
		parts = [...]string{r.timeText(), r.Source + r.Name, r.Account, r.Identity.PrincipalID, r.RequestID, r.Parameters}
	}
	for _, text := range parts {
		for i := range len(text) {
			low, high = (low^uint64(text[i]))*prime, (high^uint64(text[i]))*prime
			high ^= high >> 29
		}
	}
	binary.BigEndian.PutUint64(k[:8], low)
	binary.BigEndian.PutUint64(k[8:], high)
	return k
}

// MarshalText makes the key of a map of it.
func (k eventKey) MarshalText() ([]byte, error) { return hex.AppendEncode(nil, k[:]), nil }

// UnmarshalText reads it.
func (k *eventKey) UnmarshalText(text []byte) error {
	_, err := hex.Decode(k[:], text)
	return err
}

// MarshalText makes the session the key of a map.
func (k SessionKey) MarshalText() ([]byte, error) {
	return []byte(strconv.FormatInt(k.Created, 10) + " " + k.PrincipalID), nil
}

// UnmarshalText reads it.
func (k *SessionKey) UnmarshalText(text []byte) (err error) {
	created, id, _ := strings.Cut(string(text), " ")
	k.PrincipalID = id
	k.Created, err = strconv.ParseInt(created, 10, 64)
	return err
}

// seenOnDay are the records of one day that were counted.
type seenOnDay map[eventKey]struct{}

const day = int64(24 * time.Hour / time.Second)

// noDay is the day of records without a time. It is never forgotten; such records are few.
const noDay = math.MaxInt64

// dayOf is the day of a record since 1970.
func dayOf(r *Record) int64 {
	if r.Time.IsZero() {
		return noDay
	}
	return r.Time.Unix() / day
}
