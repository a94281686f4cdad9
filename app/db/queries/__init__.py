"""Read statements. Every one takes the principal: that is where the permission filter goes in."""
