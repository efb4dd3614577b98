package inprocess

import (
	"cmp"
	"iter"
	"slices"
	"sort"

	"curfew/shared/record"
)

// entry is a row in an order: its sort key there, then its own key for equal sort keys.
type entry struct {
	sort string
	key  record.Key
}

func (e entry) compare(f entry) int {
	return cmp.Or(
		cmp.Compare(e.sort, f.sort),
		cmp.Compare(e.key.Partition, f.key.Partition),
		cmp.Compare(e.key.Sort, f.key.Sort),
	)
}

// blockSize bounds the cost of an insertion. Most sort keys grow with time, so blocks fill from the left.
const blockSize = 256

// ordered is a sorted set: a list of sorted blocks. Insertion and removal cost a binary search and a move within one
// block.
type ordered struct {
	blocks [][]entry // never an empty block
}

// seek returns the block and the place in it of the first entry that is not below e; block is len(o.blocks) past the
// end.
func (o *ordered) seek(e entry) (block, place int) {
	block = sort.Search(len(o.blocks), func(i int) bool {
		b := o.blocks[i]
		return b[len(b)-1].compare(e) >= 0
	})
	if block == len(o.blocks) {
		return block, 0
	}
	place, _ = slices.BinarySearchFunc(o.blocks[block], e, entry.compare)
	return block, place
}

func (o *ordered) insert(e entry) {
	i, j := o.seek(e)
	if i == len(o.blocks) {
		o.push(e)
		return
	}
	b := o.blocks[i]
	if b[j] == e {
		return
	}
	b = slices.Insert(b, j, e)
	o.blocks[i] = b
	if len(b) > blockSize {
		half := len(b) / 2
		o.blocks[i] = slices.Clip(b[:half])
		o.blocks = slices.Insert(o.blocks, i+1, slices.Clone(b[half:]))
	}
}

func (o *ordered) push(e entry) {
	last := len(o.blocks) - 1
	if last < 0 || len(o.blocks[last]) >= blockSize {
		o.blocks = append(o.blocks, []entry{e})
		return
	}
	o.blocks[last] = append(o.blocks[last], e)
}

func (o *ordered) remove(e entry) {
	i, j := o.seek(e)
	if i == len(o.blocks) || o.blocks[i][j] != e {
		return
	}
	if len(o.blocks[i]) == 1 {
		o.blocks = slices.Delete(o.blocks, i, i+1)
		return
	}
	o.blocks[i] = slices.Delete(o.blocks[i], j, j+1)
}

func (o *ordered) ascending(from string) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		i, j := o.seek(entry{sort: from})
		for ; i < len(o.blocks); i, j = i+1, 0 {
			for _, e := range o.blocks[i][j:] {
				if !yield(e) {
					return
				}
			}
		}
	}
}

// descending yields the entries down from this sort key; all if it is empty.
func (o *ordered) descending(from string) iter.Seq[entry] {
	return func(yield func(entry) bool) {
		i, j := len(o.blocks), 0
		if from != "" {
			i, j = o.seek(entry{sort: from + "\x00"})
		}
		for {
			for j--; j >= 0; j-- {
				if !yield(o.blocks[i][j]) {
					return
				}
			}
			if i--; i < 0 {
				return
			}
			j = len(o.blocks[i])
		}
	}
}
