package trail

import "encoding/json"

// maxHeld bounds the records that are held, in bytes.
const maxHeld = 64 << 20

// heldDays are the records with a provisional verdict, by day. They are counted when it is final: counts in a full
// table cannot be moved exactly.
type heldDays map[int64]map[eventKey]json.RawMessage

func heldForm(r *Record) (json.RawMessage, error) {
	h := *r
	h.Additional = ""
	if !opens(r) {
		h.Response = ""
	}
	return json.Marshal(&h)
}

func (h heldDays) put(on int64, key eventKey, text json.RawMessage) {
	if h[on] == nil {
		h[on] = map[eventKey]json.RawMessage{}
	}
	h[on][key] = text
}

func (h heldDays) drop(on int64, key eventKey) {
	delete(h[on], key)
	if len(h[on]) == 0 {
		delete(h, on)
	}
}

func (h heldDays) bytes() (n int) {
	for _, all := range h {
		for _, text := range all {
			n += len(text)
		}
	}
	return n
}
