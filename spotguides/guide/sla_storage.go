package guide

// StorageGrowth makes volumes larger before they are full. They are never made
// smaller, and grow once in six hours at most, as clouds demand.
type StorageGrowth struct {
	// Full is at how many percent used they grow; 80 unless given.
	Full int32 `json:"full,omitempty" jsonschema:"minimum=1,maximum=99"`
	// Grow is by how much: a percentage of what there is, rounded up to a whole Gi,
	// or a quantity such as 10Gi; 20% unless given.
	Grow string `json:"grow,omitempty"`
	// Max is never gone above.
	Max string `json:"max" jsonschema:"required"`
	// Metric tells which share of the fullest of them is used, from 0 to 1: a source
	// of monitor.yaml, or a figure of the guide's analyzer.
	Metric string `json:"metric" jsonschema:"required"`
}

// The defaults of a StorageGrowth.
const (
	DefaultFull = 80
	DefaultGrow = "20%"
)

// StorageOf returns what is said of a volume, else of "*".
func (s SLA) StorageOf(volume string) (StorageGrowth, bool) { return of(s.Storage, volume) }
