package trigger

// Begun says what became of an event that may start something.
type Begun string

// What may become of it.
const (
	Began    Begun = "began"    // an elevation of its own
	Joined   Begun = "joined"   // the one that is open serves its task too
	Repeated Begun = "repeated" // it was told before
	TooLate  Begun = "too late" // the task is over, started long ago, or was never told to have started
)
