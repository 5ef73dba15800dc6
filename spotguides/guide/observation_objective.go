package guide

// ObjectiveSeen is how an objective of the SLA stands.
type ObjectiveSeen struct {
	Name string `json:"name"`
	// Target in percent.
	Target float64 `json:"target"`
	// Budget is the share of the error budget that is left: 1 is all of it, 0 none,
	// less than 0 what was spent beyond it.
	Budget *float64 `json:"budget,omitempty"`
	// Burn is the burn rate that counts most now: that of the alert that is on, else
	// that of the shortest long window. 1 spends the budget in just one window.
	Burn *float64 `json:"burn,omitempty"`
	// Burning is the severity of the burn-rate alert that is on: page, ticket, or
	// empty.
	Burning string `json:"burning"`
	// Spent: nothing is left of the budget. It stays what it was while Budget is not
	// known.
	Spent bool `json:"spent"`
}

// Held is a revision that is held back, and why.
type Held struct {
	Revision string `json:"revision"`
	Why      string `json:"why"`
}
