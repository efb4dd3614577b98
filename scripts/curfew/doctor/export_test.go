package doctor

// What the stack is held against.
var (
	AlarmNames = alarmNames
	Functions  = functions
	Queues     = queues
)
