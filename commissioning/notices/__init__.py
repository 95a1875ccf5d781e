"""Key decisions and what is taken in private: their notices, and the forward plan (P-06 to P-11, LI-23, NY-09)."""
