"""HTTP: routes made from listings, who may ask and how often, and what every answer looks like."""
