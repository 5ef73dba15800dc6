package status

// Site is how an application that fails over between clusters stands in this one.
type Site struct {
	Name string `json:"name"`
	// Role is primary or standby; empty while that is not decided.
	Role    string `json:"role,omitempty"`
	Epoch   int64  `json:"epoch,omitempty"`
	Primary string `json:"primary,omitempty"`
	Message string `json:"message,omitempty"`
	// Served is the last epoch by which it was primary and healthy, Started the last
	// one by which its workloads were started.
	Served  int64 `json:"served,omitempty"`
	Started int64 `json:"started,omitempty"`
}
